/*
 * Another extension that defines request.jwt.claims, as pg_session_jwt does.
 *
 * PostgreSQL refuses a second definition of a setting; with
 * shared_preload_libraries, that stops the server. The regression tests load
 * this module before and after clerk_rls to show that the two work together.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

static char *request_jwt_claims = NULL;

void
_PG_init(void)
{
	DefineCustomStringVariable("request.jwt.claims",
							   "Claims of the requesting user, as a JSON object.",
							   NULL,
							   &request_jwt_claims,
							   "",
							   PGC_USERSET,
							   0,
							   NULL,
							   NULL,
							   NULL);
}
