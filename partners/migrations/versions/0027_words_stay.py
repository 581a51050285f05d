"""What somebody said had become of a need stays when they say something later: a term that is over is counted by what was known in it"""

from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('outcomes') as outcomes:
        outcomes.drop_constraint('uq_outcomes_referral_id_said_by', type_='unique')


def downgrade() -> None:
    # Of what each said, the latest is kept.
    op.execute('DELETE FROM outcomes WHERE EXISTS (SELECT 1 FROM outcomes later WHERE later.referral_id = outcomes.referral_id AND later.said_by = outcomes.said_by AND (later.recorded_at > outcomes.recorded_at OR (later.recorded_at = outcomes.recorded_at AND later.id > outcomes.id)))')
    with op.batch_alter_table('outcomes') as outcomes:
        outcomes.create_unique_constraint('uq_outcomes_referral_id_said_by', ['referral_id', 'said_by'])
