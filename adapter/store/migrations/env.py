"""Run by alembic for every migration; the connection and its transaction come from ``adapter.store.migrate``."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)

with context.begin_transaction():
    context.run_migrations()
