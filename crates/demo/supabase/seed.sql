insert into public.stars (id, name) values (1, 'Sun'), (2, 'TRAPPIST-1');
insert into public.planets (id, star_id, name, moons, tags) values
  (1, 1, 'Mercury', 0, '{rocky}'),
  (2, 1, 'Venus', 0, '{rocky}'),
  (3, 1, 'Earth', 1, '{rocky,"has, life"}'),
  (4, 1, 'Mars', 2, '{rocky}'),
  (5, 1, 'Jupiter', 95, '{gas,giant}'),
  (6, 2, 'TRAPPIST-1e', 0, '{rocky}');
