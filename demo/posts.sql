-- The posts table of Logto's guide. Its backend issues tokens with the user in the claim userId, and its policy
-- calls auth.user_id(). The setting clerk_rls.claim_map says which claim contains the user.
alter database clerk_rls_demo set clerk_rls.claim_map = '{"user_id": ["userId"]}';

create table posts (
    id serial primary key,
    title text not null,
    user_id text not null
);
alter table posts enable row level security;
create policy "Users can view their own posts" on posts
    for select to authenticated
    using (auth.user_id() = user_id);
grant select on posts to authenticated, anon;

insert into posts (title, user_id) values
    ('Notes on Row Level Security', 'logto_red'),
    ('A week with Postgres', 'logto_blue');
