-- What is read: a library with every kind of relation, samples of every kind of column, a long table.

create table public.authors (id int primary key, name text not null, born int);

create table public.books (
  id int primary key,
  title text not null,
  author_id int not null references public.authors (id),
  editor_id int references public.authors (id),
  pages int,
  published date,
  tags text[] not null default '{}',
  meta jsonb
);

create table public.reviews (
  id int primary key,
  book_id int not null references public.books (id),
  stars int not null,
  body text
);

create table public.shelves (id int primary key, name text not null);
create table public.shelf_books (
  shelf_id int references public.shelves (id),
  book_id int references public.books (id),
  primary key (shelf_id, book_id)
);

create table public.places (id int primary key, name text not null, within int references public.places (id));

create table public.samples (
  id int primary key,
  n int,
  big bigint,
  amount numeric,
  f float8,
  ok boolean,
  day date,
  at timestamptz,
  id_of uuid,
  span int4range,
  during tsrange,
  words text[],
  numbers int[]
);

create table public.documents (
  id int primary key,
  body text not null,
  search tsvector generated always as (to_tsvector('english', body)) stored
);

create table public.many (id int primary key, label text not null);
create table public.nothing (id int primary key, label text);

create view public.long_books as select id, title, pages from public.books where pages > 200;

-- Filled by the tests: one row per text, and decoys that a wrong reading would find.
create table public.texts (id int primary key, v text not null, arr text[] not null, j jsonb not null);
create table public.batches (id int primary key, v text not null, arr text[] not null, j jsonb not null);

-- Names that mean something in a query, or need quotes.
create table public.odd_names (
  id int primary key,
  "a b" text, "a-b" text, "a--b" text, "a.b" text, "a,b" text, "a(b)" text, "a:b" text, "a::b" text, "a""b" text, "a\b" text,
  "a->b" text, "a->>b" text, "a&b=c" text, "a+b" text, "a%b" text, "a%20b" text, "a'b" text, "a/b" text, "a?b" text, "a$b" text,
  "a#b" text, "a*b" text, "a!b" text, " pad " text, "Mixed" text, "ünï" text, "表" text, "1st" text, "😀" text, "..." text,
  "order" text, "limit" text, "offset" text, "select" text, "columns" text, "on_conflict" text, "and" text, "or" text, "not" text,
  "apikey" text, "count" text, "in" text, "eq" text, "is" text, "null" text, "left" text, "inner" text, "any" text, "all" text,
  unique ("a b"), unique ("a.b"), unique ("a""b"), unique ("order"), unique ("a,b"), unique ("表")
);

create table public."odd table" (id int primary key, v text);
create table public."odd.table" (id int primary key, v text);
create table public."odd""table" (id int primary key, v text);
create table public."odd/table" (id int primary key, v text);
create table public."odd+table%" (id int primary key, v text);
create table public."tabel 表" (id int primary key, v text, parent int references public."odd table" (id));

-- A foreign key whose name starts like a join keyword.
create table public.leftover (id int primary key, v text);
create table public.has_leftover (
  id int primary key,
  leftover_id int constraint leftover_fk references public.leftover (id),
  inner_id int constraint inner_fk references public.leftover (id)
);
