-- Tests for the policies of an application, with pgTAP (https://pgtap.org):
--     psql -Xq -d YOUR_DATABASE -f examples/rls.pgtap.sql, or pg_prove -d YOUR_DATABASE examples/*.sql
-- All changes are rolled back. Replace the table with your own.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_STOP on
begin;
set local client_min_messages = warning;
create extension if not exists pgtap;
select plan(12);

create table documents (
    id int primary key,
    title text not null,
    org_id text not null default requesting_org_id()
);
alter table documents enable row level security;
create policy read on documents for select to authenticated using (org_id = requesting_org_id());
create policy write on documents for insert to authenticated
    with check (org_id = requesting_org_id() and requesting_user_has(permission => 'org:documents:manage'));
grant select, insert on documents to authenticated;
insert into documents values (1, 'Colors', 'org_paint'), (2, 'Letters', 'org_ink');

-- A member sees the rows of the organization, and cannot write without the permission.
select clerk_rls.act_as('user_red', 'org_paint', 'member');
select is(requesting_user_id(), 'user_red', 'red is signed in');
select is(current_user::text, 'authenticated', 'red has the database role of a request');
select results_eq('select title from documents', array['Colors'], 'red sees the rows of the organization');
select throws_ok($$ insert into documents values (3, 'Brushes') $$, '42501', null, 'red cannot write');

-- An admin with the permission writes for this organization only.
select clerk_rls.act_as('user_blue', 'org_paint', 'admin', '{org:documents:manage}');
select lives_ok($$ insert into documents values (3, 'Brushes') $$, 'blue writes');
select results_eq('select org_id from documents where id = 3', array['org_paint'], 'the row of blue belongs to the organization');
select throws_ok($$ insert into documents values (4, 'Pens', 'org_ink') $$, '42501', null, 'blue cannot write for another organization');
select throws_ok('update documents set title = title', '42501', null, 'blue has no privilege to update');

-- A pending session, and a visitor who is not signed in.
select clerk_rls.act_as('user_red', 'org_paint', claims => '{"sts": "pending"}');
select is_empty('select * from documents', 'a pending session sees nothing');
select clerk_rls.act_as_anonymous();
select is(requesting_user_id(), null, 'nobody is signed in');
select throws_ok('select * from documents', '42501', null, 'a visitor has no privilege');

-- Back in the role of the session: a snapshot of all access.
reset role;
select is(
    (select string_agg(concat_ws(' ', persona, command, rows), ', ') from clerk_rls.access_matrix(
        '{"red": {"user_id": "user_red", "org_id": "org_paint"}, "visitor": null}', '{documents}') where allowed),
    'red SELECT 2, red INSERT 0',
    'there is no other access');

select * from finish();
rollback;
