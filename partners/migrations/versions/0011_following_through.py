"""A second step for signing in, check-ins by a family's own link, drafts, and first meetings"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

UTC = partners.foundation.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('second_steps',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('secret', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.Column('confirmed_at', UTC, nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('tried_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_steps_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_steps')),
    sa.UniqueConstraint('user_id', name=op.f('uq_second_steps_user_id'))
    )
    op.create_table('recovery_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(length=128), nullable=False),
    sa.Column('used_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    op.create_index(op.f('ix_recovery_codes_user_id'), 'recovery_codes', ['user_id'])
    op.create_table('check_in_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('made_at', UTC, nullable=False),
    sa.Column('expires_at', UTC, nullable=False),
    sa.Column('answered_at', UTC, nullable=True),
    sa.Column('revoked_at', UTC, nullable=True),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_check_in_links_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_in_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_check_in_links_token_hash'))
    )
    op.create_index(op.f('ix_check_in_links_referral_id'), 'check_in_links', ['referral_id'])
    op.create_table('drafts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('page', sa.String(length=20), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('typed', partners.foundation.sealing.SealedJson(), nullable=False),
    sa.Column('saved_at', UTC, nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_drafts_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts')),
    sa.UniqueConstraint('user_id', 'page', 'subject_id', name=op.f('uq_drafts_user_id'))
    )
    for column in ('user_id', 'subject_id'):
        op.create_index(op.f(f'ix_drafts_{column}'), 'drafts', [column])
    with op.batch_alter_table('referrals') as batch:
        batch.add_column(sa.Column('meets_at', UTC, nullable=True))
        batch.add_column(sa.Column('meets_where', sa.String(length=10), nullable=True))
        batch.add_column(sa.Column('meets_changes', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('referrals') as batch:
        for column in ('meets_changes', 'meets_where', 'meets_at'):
            batch.drop_column(column)
    for table in ('drafts', 'check_in_links', 'recovery_codes', 'second_steps'):
        op.drop_table(table)
