-- The wishlist of the second guide, with a uuid owner column and a policy that calls auth.uid(). Supabase's
-- auth.uid() raises an error for a Clerk ID. install_auth_compat() creates one that returns a uuid for each Clerk ID.
create extension clerk_rls_tools;
select clerk_rls.install_auth_compat() \g /dev/null

create table auth.users (id uuid primary key);

create table books (
    id uuid primary key default gen_random_uuid(),
    title text not null,
    author text,
    status text default 'Wishlist',
    user_id uuid default auth.uid() references auth.users (id)
);
alter table books enable row level security;
create policy "User can access their own books" on books
    to authenticated
    using (user_id = auth.uid());
grant select, insert, update, delete on books to authenticated;

-- The rows that a webhook inserts when users sign up, and the first books of the guide.
insert into auth.users values (clerk_rls.user_uuid('user_red')), (clerk_rls.user_uuid('user_blue'));
insert into books (title, author, status, user_id) values
    ('The Hobbit', 'J.R.R. Tolkien', 'Wishlist', clerk_rls.user_uuid('user_red')),
    ('Dune', 'Frank Herbert', 'Reading', clerk_rls.user_uuid('user_blue'));
