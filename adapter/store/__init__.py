"""The only room that speaks SQL: SQLAlchemy Core on SQLite and PostgreSQL, one module per subject."""
