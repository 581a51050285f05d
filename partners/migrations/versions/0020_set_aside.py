"""Records that a family asked not to be used for now, the days for which they were not, and how a request's hold on them ended"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('families') as families:
        families.add_column(sa.Column('set_aside_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True))
        families.add_column(sa.Column('set_aside_days', sa.JSON(), nullable=True))
    with op.batch_alter_table('rights_requests') as requests:
        requests.add_column(sa.Column('lifted_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True))
        requests.add_column(sa.Column('lifted_words', partners.foundation.sealing.Sealed(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('rights_requests') as requests:
        requests.drop_column('lifted_words')
        requests.drop_column('lifted_at')
    with op.batch_alter_table('families') as families:
        families.drop_column('set_aside_days')
        families.drop_column('set_aside_at')
