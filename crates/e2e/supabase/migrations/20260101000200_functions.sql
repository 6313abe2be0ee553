-- Functions of every shape.

create function public.add(a int, b int default 1) returns int language sql immutable as 'select a + b';
create function public.echo(t text) returns text language sql immutable as 'select t';
create function public.echo_array(t text[]) returns text[] language sql immutable as 'select t';
create function public.echo_json(j jsonb) returns jsonb language sql immutable as 'select j';
create function public.sum_of(n int[]) returns int language sql immutable as 'select coalesce(sum(x), 0)::int from unnest(n) x';
create function public.nothing_at_all() returns text language sql immutable as 'select null::text';
create function public.biggest() returns bigint language sql immutable as 'select 9223372036854775807';
create function public.touch() returns void language sql volatile as '';
create function public.counted(n int) returns setof int language sql immutable as 'select g from generate_series(1, n) g';
create function public.pairs_of(n int) returns table (i int, t text) language sql immutable as $$ select g, 't' || g from generate_series(1, n) g $$;
create function public.books_over(min_pages int default 0) returns setof public.books language sql stable as 'select * from public.books where pages >= min_pages';
create function public.one_book(wanted int) returns public.books language sql stable as 'select * from public.books where id = wanted';
create function public.unnamed(json) returns json language sql immutable as 'select $1';
create function public."odd fn"("arg one" text) returns text language sql immutable as 'select "arg one"';
create function public.ambiguous(a int) returns text language sql immutable as $$ select 'int' $$;
create function public.ambiguous(a text) returns text language sql immutable as $$ select 'text' $$;
create function public.who() returns jsonb language sql stable as $$
  select jsonb_build_object('user', current_user, 'uid', auth.uid())
$$;
create function public.add_item(name text) returns bigint language sql volatile as $$
  insert into public.items (name, tag) values (add_item.name, 'by function') returning id
$$;
create function public.remove_items(of_tag text) returns setof public.items language sql volatile as $$
  delete from public.items where tag = of_tag returning *
$$;
create function public.refuse() returns void language plpgsql as $$
begin
  raise exception 'I refuse' using detail = 'for a reason', hint = 'ask again';
end
$$;
create function public.refuse_with(code text, message text) returns void language plpgsql as $$
begin
  raise exception using errcode = code, message = message;
end
$$;
create function public.pay() returns void language plpgsql as $$
begin
  raise sqlstate 'PGRST' using
    message = '{"code":"E402","message":"Payment required","details":"quota exceeded","hint":"upgrade"}',
    detail = '{"status":402,"headers":{"x-plan":"free"}}';
end
$$;
create function public.nap(seconds float8) returns int language plpgsql stable as $$
begin
  perform pg_sleep(seconds);
  return 1;
end
$$;
-- Busy until a request says that it is the try after `failures` others.
create function public.busy(failures int) returns int language plpgsql stable as $$
declare
  tries int := coalesce(current_setting('request.headers', true)::json ->> 'x-retry-count', '0')::int;
begin
  if tries < failures then
    raise sqlstate 'PGRST' using
      message = '{"code":"BUSY","message":"busy"}', detail = '{"status":503,"headers":{}}';
  end if;
  return tries;
end
$$;
create function public.title_length(public.books) returns int language sql stable as 'select length($1.title)';
grant execute on function public.nap(float8) to hurried;
