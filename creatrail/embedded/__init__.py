"""PostgreSQL and Valkey from their wheels, run by us; used by `creatrail up`, by the tests and by the benches."""
