-- Roles, schemas, rights and extensions of the marketplace's database. Run by a superuser who is connected to that
-- database; safe to run again at any time (a changed password takes effect, nothing is lost).
--
--   psql -X -v ON_ERROR_STOP=1 -d "$POSTGRES_DB" -f deploy/postgres/bootstrap.sql
--
-- Passwords come from the environment, so that none shows in a process list:
--   {IDENTITY,CATALOG,BOOKING}_DB_PASSWORD        role <service>: the running processes; rows of its own schema only
--   {IDENTITY,CATALOG,BOOKING}_DB_OWNER_PASSWORD  role <service>_owner: owns the schema; used by `migrate` alone
--
-- Rights on tables come from default privileges at their creation and are not granted again here: a migration may
-- take some back (an append-only table loses UPDATE and DELETE), and a second run must not undo that.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET log_min_error_statement = panic; -- no statement with a password in the server's log, even if it fails

\getenv identity_password IDENTITY_DB_PASSWORD
\getenv identity_owner_password IDENTITY_DB_OWNER_PASSWORD
\getenv catalog_password CATALOG_DB_PASSWORD
\getenv catalog_owner_password CATALOG_DB_OWNER_PASSWORD
\getenv booking_password BOOKING_DB_PASSWORD
\getenv booking_owner_password BOOKING_DB_OWNER_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['identity', 'identity_owner', 'catalog', 'catalog_owner', 'booking', 'booking_owner']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- A variable that the environment did not set stays as it is written, is a syntax error, and stops the script.
ALTER ROLE identity LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'identity_password';
ALTER ROLE identity_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'identity_owner_password';
ALTER ROLE catalog LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'catalog_password';
ALTER ROLE catalog_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'catalog_owner_password';
ALTER ROLE booking LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'booking_password';
ALTER ROLE booking_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'booking_owner_password';

-- Nobody gets anything by default.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;

SELECT command
FROM unnest(ARRAY['identity', 'catalog', 'booking']) WITH ORDINALITY AS service(name, position),
  LATERAL (SELECT name || '_owner' AS owner) AS owners,
  LATERAL unnest(ARRAY[
    format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), name, owner),
    format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', name, owner),
    format('ALTER SCHEMA %I OWNER TO %I', name, owner),
    format('GRANT USAGE ON SCHEMA %I TO %I', name, name),
    format('GRANT USAGE ON SCHEMA extensions TO %I, %I', name, owner),
    format('ALTER ROLE %I SET search_path = %I, extensions', name, name),
    format('ALTER ROLE %I SET search_path = %I, extensions', owner, name),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON FUNCTIONS FROM PUBLIC', owner),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON TYPES FROM PUBLIC', owner),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
           owner, name, name),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I',
           owner, name, name),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO %I', owner, name, name),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE ON TYPES TO %I', owner, name, name)
  ]) WITH ORDINALITY AS step(command, number)
ORDER BY position, number
\gexec
