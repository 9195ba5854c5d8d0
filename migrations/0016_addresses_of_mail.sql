-- One address of mail however it was spelled, as src/identity/emails.ts reads it from now on: without `mailto:` and case, its
-- domain as mail carries it. Whoever signed in by the other spelling of an international domain finds themselves again.
create function pg_temp.punycode(label text) returns text language plpgsql immutable as $$
declare
  digits constant text := 'abcdefghijklmnopqrstuvwxyz0123456789';
  points int[] := array(select ascii(c) from regexp_split_to_table(label, '') with ordinality as x (c, i) order by i);
  encoded text := coalesce((select string_agg(c, '' order by i) from regexp_split_to_table(label, '') with ordinality as x (c, i) where ascii(c) < 128), '');
  basic int := length(encoded);
  done int := basic;
  n int := 128;
  bias int := 72;
  delta int := 0;
  point int; least int; q int; k int; t int;
begin
  if basic = cardinality(points) then return label; end if;
  if basic > 0 then encoded := encoded || '-'; end if;
  while done < cardinality(points) loop
    least := (select min(p) from unnest(points) p where p >= n);
    delta := delta + (least - n) * (done + 1);
    n := least;
    foreach point in array points loop
      if point < n then delta := delta + 1; end if;
      continue when point <> n;
      q := delta;
      k := 36;
      loop
        t := case when k <= bias then 1 when k >= bias + 26 then 26 else k - bias end;
        exit when q < t;
        encoded := encoded || substr(digits, t + (q - t) % (36 - t) + 1, 1);
        q := (q - t) / (36 - t);
        k := k + 36;
      end loop;
      encoded := encoded || substr(digits, q + 1, 1);
      delta := case when done = basic then delta / 700 else delta / 2 end;
      delta := delta + delta / (done + 1);
      k := 0;
      while delta > 455 loop
        delta := delta / 35;
        k := k + 36;
      end loop;
      bias := k + 36 * delta / (delta + 38);
      delta := 0;
      done := done + 1;
    end loop;
    delta := delta + 1;
    n := n + 1;
  end loop;
  return 'xn--' || encoded;
end $$;

create function pg_temp.email_of(typed text) returns text language sql immutable as $$
  select case when address ~ '^[^@[:space:]]+@[^@[:space:]]+$' then
      split_part(address, '@', 1) || '@' || (select string_agg(pg_temp.punycode(label), '.' order by i) from regexp_split_to_table(split_part(address, '@', 2), '\.') with ordinality as x (label, i) where label <> '')
    else typed end
  from (select normalize(lower(regexp_replace(btrim(typed, E' \t\r\n'), '^mailto:', '', 'i')), nfc) as address) plain
$$;

update identity.login l set email = pg_temp.email_of(l.email)
  where l.email <> pg_temp.email_of(l.email) and not exists (select from identity.login o where o.email = pg_temp.email_of(l.email));

alter table identity.patient no force row level security;
update identity.patient set email = pg_temp.email_of(email) where email <> pg_temp.email_of(email);
alter table identity.patient force row level security;
