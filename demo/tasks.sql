-- The tasks table of Clerk's guide for Supabase. CREATE EXTENSION replaces the first step of the guide, which
-- creates the function requesting_user_id(). Everything else is as in the guide.
create extension clerk_rls;

create table tasks (
    id serial primary key,
    name text not null,
    user_id text not null default requesting_user_id()
);
alter table tasks enable row level security;

create policy "Users can view their own tasks" on tasks
    for select to authenticated
    using (requesting_user_id() = user_id);
create policy "Users must insert their own tasks" on tasks
    for insert to authenticated
    with check (requesting_user_id() = user_id);

grant select, insert on tasks to authenticated;
grant select on tasks to anon;
grant usage on sequence tasks_id_seq to authenticated;
