"""Emergency access: who opened families' records, why, until when, and who at the school has read that"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('emergency_accesses',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('school_id', sa.Uuid(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('reason', partners.foundation.sealing.Sealed(), nullable=False),
        sa.Column('opened_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('ends_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_by_id', sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_emergency_accesses_school_id_schools')),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_emergency_accesses_user_id_users')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_accesses')))
    op.create_index(op.f('ix_emergency_accesses_school_id'), 'emergency_accesses', ['school_id'])
    op.create_index(op.f('ix_emergency_accesses_user_id'), 'emergency_accesses', ['user_id'])
    op.create_table('emergency_seen',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('access_id', sa.Uuid(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['access_id'], ['emergency_accesses.id'], name=op.f('fk_emergency_seen_access_id_emergency_accesses')),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_emergency_seen_user_id_users')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_seen')))
    op.create_index(op.f('ix_emergency_seen_access_id'), 'emergency_seen', ['access_id'])
    op.create_index(op.f('ix_emergency_seen_user_id'), 'emergency_seen', ['user_id'])


def downgrade() -> None:
    op.drop_table('emergency_seen')
    op.drop_table('emergency_accesses')
