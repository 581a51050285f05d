"""What came of an introduction, by each who said it: a partner's or school's word no longer takes the place of the family's"""

from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('outcomes') as outcomes:
        outcomes.drop_constraint('uq_outcomes_referral_id', type_='unique')
        outcomes.create_unique_constraint('uq_outcomes_referral_id_said_by', ['referral_id', 'said_by'])
        outcomes.create_index('ix_outcomes_referral_id', ['referral_id'])


def downgrade() -> None:
    # Of what several said, the latest is kept.
    op.execute('DELETE FROM outcomes WHERE EXISTS (SELECT 1 FROM outcomes later WHERE later.referral_id = outcomes.referral_id AND later.recorded_at > outcomes.recorded_at)')
    with op.batch_alter_table('outcomes') as outcomes:
        outcomes.drop_index('ix_outcomes_referral_id')
        outcomes.drop_constraint('uq_outcomes_referral_id_said_by', type_='unique')
        outcomes.create_unique_constraint('uq_outcomes_referral_id', ['referral_id'])
