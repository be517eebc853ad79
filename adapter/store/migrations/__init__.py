"""The history of the tables, one module per revision (alembic). A released revision is never edited."""
