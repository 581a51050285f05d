"""Frozen releases of figures"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('releases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('made_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_families', sa.Integer(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_releases_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_releases')),
    sa.UniqueConstraint('school_id', 'ends_on', name=op.f('uq_releases_school_id'))
    )
    with op.batch_alter_table('releases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_releases_school_id'), ['school_id'], unique=False)
    op.create_table('governor_asks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('standing', sa.Enum('draft', 'kept', 'discarded', name='askstate', native_enum=False, length=40), nullable=False),
    sa.Column('changed_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_governor_asks_release_id_releases')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_governor_asks_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_governor_asks'))
    )
    with op.batch_alter_table('governor_asks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_governor_asks_release_id'), ['release_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_governor_asks_school_id'), ['school_id'], unique=False)


def downgrade() -> None:
    op.drop_table('governor_asks')
    op.drop_table('releases')
