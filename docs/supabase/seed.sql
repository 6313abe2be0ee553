insert into stars values (1, 'Sun'), (2, 'Vega');

insert into planets (id, name, star_id, moons, mass, rings, tags, visited, note, about) values
    (1, 'Mercury', 1, 0, 0.055, null, '{rocky}', '[1974,2016)', null, 'a small and hot planet'),
    (2, 'Venus', 1, 0, 0.815, null, '{rocky}', '[1962,2015)', null, 'a planet below clouds of acid'),
    (3, 'Earth', 1, 1, 1, null, '{rocky,"wet, mostly"}', null, 'home', 'a blue planet'),
    (4, 'Mars', 1, 2, 0.107, null, '{rocky,"wet, mostly"}', '[1965,)', 'water: not 100% sure', 'red dust everywhere'),
    (5, 'Jupiter', 1, 95, 318, 'faint', '{gas}', '[1973,)', null, 'a planet larger than all others together'),
    (6, 'Saturn', 1, 146, 95, 'wide', '{gas}', '[1979,2018)', null, 'a planet in rings'),
    (7, 'Uranus', 1, 28, 14.5, 'narrow', '{ice}', '[1986,1987)', null, 'a planet on its side'),
    (8, 'Neptune', 1, 16, 17.1, 'dusty', '{ice}', '[1989,1990)', null, 'a windy planet');
alter table planets alter id restart with 9;

insert into moons values (1, 3, 'Moon'), (2, 4, 'Phobos'), (3, 4, 'Deimos');

insert into people values (1, 'Ada', 70, null), (2, 'Bo', 30, null), (3, 'Cy', 12, 'Bo');
insert into orders values (1, 1, 120, false), (2, 1, 20, false), (3, 2, 500, true), (4, 3, 5, true);

insert into todos values (1, 'milk'), (2, 'bread'), (3, 'tea');
insert into events values (1), (2);

insert into users values ('supabot', 'ONLINE');
insert into channels values (1, 'public'), (2, 'random');
insert into messages values (1, 'Hello World 👋', 'supabot', 1), (2, 'Perfection is attained', 'supabot', 2);

insert into hotel values (1, 'Hilton');
insert into booking values (1, 1), (2, 1), (3, 1), (4, null), (5, 1), (6, 1), (7, null), (8, 1);
insert into collections values (1, 'Root', null), (2, 'Child of Root', 1), (3, 'Another child of Root', 1), (4, 'Grandchild', 2);
