"""Complaints: what somebody is not happy about, with its clock"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def _sealed() -> sa.types.TypeEngine:
    return partners.foundation.sealing.Sealed()


def upgrade() -> None:
    op.create_table('complaints',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=True),
    sa.Column('came_by', sa.Enum('page', 'link', 'spoken', 'letter', name='cameby', native_enum=False, length=40), nullable=False),
    sa.Column('words', _sealed(), nullable=False),
    sa.Column('wanted', _sealed(), nullable=True),
    sa.Column('name', _sealed(), nullable=True),
    sa.Column('contact', _sealed(), nullable=True),
    sa.Column('press', sa.String(length=64), nullable=False),
    sa.Column('received_at', _at(), nullable=False),
    sa.Column('acknowledge_by', sa.Date(), nullable=False),
    sa.Column('taken_by_id', sa.Uuid(), nullable=True),
    sa.Column('acknowledged_at', _at(), nullable=True),
    sa.Column('acknowledged_how', _sealed(), nullable=True),
    sa.Column('ended', sa.Enum('upheld', 'partly', 'not_upheld', 'taken_back', name='ended', native_enum=False, length=40), nullable=True),
    sa.Column('ended_at', _at(), nullable=True),
    sa.Column('ended_words', _sealed(), nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_complaints_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_complaints_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaints')),
    sa.UniqueConstraint('press', name=op.f('uq_complaints_press')),
    )
    op.create_index(op.f('ix_complaints_school_id'), 'complaints', ['school_id'])
    op.create_index(op.f('ix_complaints_family_id'), 'complaints', ['family_id'])


def downgrade() -> None:
    op.drop_table('complaints')
