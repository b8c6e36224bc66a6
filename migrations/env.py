"""How Alembic runs here: on the connection it is given, with every table of the house."""

from alembic import context

from migrations.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
