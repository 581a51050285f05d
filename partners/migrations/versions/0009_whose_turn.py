"""Whose an introduction is and what it follows, reminders step by step, who covers when somebody is away, and texts beside mails"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

UTC = partners.foundation.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('nudges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.String(length=10), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=True),
    sa.Column('at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_nudges_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_nudges_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_nudges')),
    sa.UniqueConstraint('referral_id', 'step', name=op.f('uq_nudges_referral_id'))
    )
    for column in ('referral_id', 'organisation_id', 'message_id'):
        op.create_index(op.f(f'ix_nudges_{column}'), 'nudges', [column])
    op.create_table('absences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('cover_id', sa.Uuid(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.Column('ended_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_absences_user_id_users')),
    sa.ForeignKeyConstraint(['cover_id'], ['users.id'], name=op.f('fk_absences_cover_id_users')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_absences_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    for column in ('user_id', 'school_id'):
        op.create_index(op.f(f'ix_absences_{column}'), 'absences', [column])
    with op.batch_alter_table('referrals') as batch:
        batch.add_column(sa.Column('owner_id', sa.Uuid(), nullable=True))
        batch.add_column(sa.Column('follows_id', sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f('fk_referrals_follows_id_referrals'), 'referrals', ['follows_id'], ['id'])
        batch.create_index(op.f('ix_referrals_owner_id'), ['owner_id'])
    with op.batch_alter_table('messages') as batch:
        batch.add_column(sa.Column('channel', sa.String(length=10), nullable=False, server_default='mail'))
        batch.add_column(sa.Column('invite', partners.foundation.sealing.Sealed(), nullable=True))
    with op.batch_alter_table('messages') as batch:
        batch.alter_column('channel', server_default=None)
    # Whoever chose an introduction has it, until somebody hands it over.
    op.execute(sa.text('UPDATE referrals SET owner_id = created_by_id'))
    # Whoever was reminded before this version is not reminded again: that mail went to the second person there.
    _keep_who_was_reminded()
    with op.batch_alter_table('schools') as batch:
        batch.add_column(sa.Column('holiday_cover', sa.String(length=160), nullable=True))


def _keep_who_was_reminded() -> None:
    import uuid

    connection = op.get_bind()
    messages = sa.table('messages', sa.column('id', sa.Uuid()), sa.column('referral_id', sa.Uuid()), sa.column('kind', sa.String()), sa.column('queued_at', UTC))
    referrals = sa.table('referrals', sa.column('id', sa.Uuid()), sa.column('organisation_id', sa.Uuid()))
    nudges = sa.table(
        'nudges', sa.column('id', sa.Uuid()), sa.column('referral_id', sa.Uuid()), sa.column('organisation_id', sa.Uuid()), sa.column('step', sa.String()),
        sa.column('message_id', sa.Uuid()), sa.column('at', UTC),
    )
    reminded = connection.execute(
        sa.select(referrals.c.id, referrals.c.organisation_id, sa.func.max(messages.c.queued_at).label('at'))
        .join(messages, messages.c.referral_id == referrals.c.id).where(messages.c.kind == 'partner_nudge').group_by(referrals.c.id, referrals.c.organisation_id)
    ).all()
    for row in reminded:
        for step in ('first', 'second'):
            connection.execute(nudges.insert().values(id=uuid.uuid4(), referral_id=row.id, organisation_id=row.organisation_id, step=step, message_id=None, at=row.at))


def downgrade() -> None:
    with op.batch_alter_table('messages') as batch:
        batch.drop_column('invite')
        batch.drop_column('channel')
    with op.batch_alter_table('schools') as batch:
        batch.drop_column('holiday_cover')
    with op.batch_alter_table('referrals') as batch:
        batch.drop_index(op.f('ix_referrals_owner_id'))
        batch.drop_constraint(op.f('fk_referrals_follows_id_referrals'), type_='foreignkey')
        batch.drop_column('follows_id')
        batch.drop_column('owner_id')
    op.drop_table('absences')
    op.drop_table('nudges')
