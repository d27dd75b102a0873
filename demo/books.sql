-- The wishlist of the second guide, with a uuid owner column and a policy that calls auth.uid(). Supabase's
-- auth.uid() raises an error for a Clerk ID. install_auth_compat() creates one that returns a uuid for each Clerk ID.
create extension clerk_rls_tools;
select clerk_rls.install_auth_compat() \g /dev/null

-- Clerk's webhooks keep clerk_rls.users. PostgREST serves the function that receives them as /rpc/clerk_webhook.
select clerk_rls.add_webhook_secret('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD') \g /dev/null
select clerk_rls.expose_webhook() \g /dev/null

create table books (
    id uuid primary key default gen_random_uuid(),
    title text not null,
    author text,
    status text default 'Wishlist',
    user_id uuid default auth.uid() references clerk_rls.users (user_uuid)
);
alter table books enable row level security;
create policy "User can access their own books" on books
    to authenticated
    using (user_id = auth.uid());
grant select, insert, update, delete on books to authenticated;
