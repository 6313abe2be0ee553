-- What the tour works on: public facts that everybody may read, and notes that belong to their writers.

create table public.stars (
  id bigint primary key,
  name text not null unique
);

create table public.planets (
  id bigint primary key,
  star_id bigint not null references public.stars (id),
  name text not null unique,
  moons int not null default 0 check (moons >= 0),
  tags text[] not null default '{}'
);

create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  planet_id bigint not null references public.planets (id),
  body text not null
);

alter table public.stars enable row level security;
alter table public.planets enable row level security;
alter table public.notes enable row level security;

create policy "everybody reads stars" on public.stars for select using (true);
create policy "everybody reads planets" on public.planets for select using (true);
create policy "owners read their notes" on public.notes for select to authenticated using (owner = auth.uid());
create policy "owners write their notes" on public.notes for insert to authenticated with check (owner = auth.uid());
create policy "owners change their notes" on public.notes for update to authenticated using (owner = auth.uid());
create policy "owners delete their notes" on public.notes for delete to authenticated using (owner = auth.uid());

create function public.moons_in_all(of_star text) returns bigint
language sql stable as $$
  select coalesce(sum(p.moons), 0) from public.planets p join public.stars s on s.id = p.star_id where s.name = of_star
$$;
