"""What has been tried already, in words that a family agreed to: until now the words that an officer wrote about the need went instead"""

import sqlalchemy as sa
from alembic import op

from partners.foundation.sealing import Sealed

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('agreements') as agreements:
        agreements.add_column(sa.Column('what_was_tried', Sealed(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('agreements') as agreements:
        agreements.drop_column('what_was_tried')
