"""The audit's rows end where an anchor names them: the database lets go of those, and of no other"""

from alembic import op
from sqlalchemy import text

from partners.foundation import audit

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
    audit.protect(connection)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        connection.execute(text("CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"))
        return
    connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete ON audit_events"))
    connection.execute(text("CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"))
