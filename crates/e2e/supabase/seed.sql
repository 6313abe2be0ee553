insert into public.authors (id, name, born) values (1, 'Ada Ilves', 1901), (2, 'Bo Chen', 1950), (3, 'Cleo Diaz', null);
insert into public.books (id, title, author_id, editor_id, pages, published, tags, meta) values
  (1, 'Tides', 1, 2, 210, '1931-05-01', '{sea,moon}', '{"format":"paper","size":{"w":12,"h":19},"notes":null}'),
  (2, 'Stone Paths', 1, null, 320, '1940-09-15', '{rock}', '{"format":"cloth","prices":[10,20]}'),
  (3, 'Night Trains', 2, 1, 150, '1990-01-31', '{rail,night}', '{"format":"paper","a.b":"dot","1":"one"}'),
  (4, 'Loose Ends', 2, null, null, null, '{}', null);
insert into public.reviews (id, book_id, stars, body) values (1, 1, 5, 'fine'), (2, 1, 3, 'fair'), (3, 2, 4, null), (4, 3, 1, 'slow');
insert into public.shelves (id, name) values (1, 'window'), (2, 'cellar');
insert into public.shelf_books (shelf_id, book_id) values (1, 1), (1, 3);
insert into public.places (id, name, within) values (1, 'Earth', null), (2, 'Europe', 1), (3, 'Tartu', 2), (4, 'Asia', 1);

insert into public.samples (id, n, big, amount, f, ok, day, at, id_of, span, during, words, numbers) values
  (1, 1, 9223372036854775807, 12345678901234567890.5, 1.5, true, '2024-02-29', '2024-02-29 12:34:56+00', '11111111-1111-1111-1111-111111111111', '[1,10)', '[2024-01-01,2024-02-01)', '{a,b}', '{1,2,3}'),
  (2, 2, -9007199254740993, 0.1, -2, false, '1999-12-31', '1999-12-31 23:59:59+02', '22222222-2222-2222-2222-222222222222', '[10,20)', '[2024-02-01,2024-03-01)', '{b,c}', '{3,4}'),
  (3, 3, 0, -1, 0, null, '2025-01-01', null, null, '[30,40)', null, '{}', '{}'),
  (4, null, null, null, null, null, null, null, null, null, null, null, null);

insert into public.documents (id, body) values
  (1, 'The fat cats ate the rats'), (2, 'A dog dreams of impossible dreams'), (3, 'Cats and dogs: rats everywhere');

insert into public.many (id, label) select g, 'row ' || g from generate_series(1, 1205) g;
analyze public.many;

insert into public.items (id, name, tag, qty, note) values
  (1, 'bolt', 'm4', 10, null), (2, 'nut', 'm4', 20, 'n'), (3, 'washer', 'none', 0, 'w'), (4, 'screw', 'm5', 7, null);
insert into public.parts (id, item_id, label) values (1, 1, 'head'), (2, 1, 'shaft'), (3, 2, 'hex');
alter sequence public.items_id_seq restart 100;
insert into public.pairs (x, y, label) values (1, 1, 'a'), (1, 2, 'b');
insert into public.hidden (id, label) values (1, 'secret');
insert into warehouse.items (id, shelf) values (1, 'A1'), (2, 'B2');

insert into public."odd table" values (1, 'blank');
insert into public."odd.table" values (1, 'dot');
insert into public."odd""table" values (1, 'quote');
insert into public."odd/table" values (1, 'slash');
insert into public."odd+table%" values (1, 'plus percent');
insert into public."tabel 表" values (1, 'unicode', 1);
insert into public.leftover values (1, 'one'), (2, 'two');
insert into public.has_leftover values (1, 1, 2);
