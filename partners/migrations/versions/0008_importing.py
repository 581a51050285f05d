"""Imports: what came from where, files that wait, pairs that may be the same, and the public directory's switch"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('import_runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=80), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=True),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_runs')),
    )
    op.create_index(op.f('ix_import_runs_source'), 'import_runs', ['source'])
    op.create_table('field_origins',
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('marks', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_field_origins_offer_id_offers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['import_runs.id'], name=op.f('fk_field_origins_run_id_import_runs')),
    sa.PrimaryKeyConstraint('offer_id', 'run_id', name=op.f('pk_field_origins')),
    )
    op.create_index(op.f('ix_field_origins_run_id'), 'field_origins', ['run_id'])
    op.create_table('import_uploads',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=80), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_at', _at(), nullable=False),
    sa.Column('applied_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_import_uploads_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_uploads')),
    )
    op.create_index(op.f('ix_import_uploads_user_id'), 'import_uploads', ['user_id'])
    op.create_table('offer_pairs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('first_id', sa.Uuid(), nullable=False),
    sa.Column('second_id', sa.Uuid(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('signs', sa.JSON(), nullable=False),
    sa.Column('found_at', _at(), nullable=False),
    sa.Column('decided', sa.String(length=10), nullable=True),
    sa.Column('decided_at', _at(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('kept_id', sa.Uuid(), nullable=True),
    sa.Column('taken', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['first_id'], ['offers.id'], name=op.f('fk_offer_pairs_first_id_offers')),
    sa.ForeignKeyConstraint(['second_id'], ['offers.id'], name=op.f('fk_offer_pairs_second_id_offers')),
    sa.ForeignKeyConstraint(['kept_id'], ['offers.id'], name=op.f('fk_offer_pairs_kept_id_offers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_pairs')),
    sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_offer_pairs_first_id')),
    )
    op.create_index(op.f('ix_offer_pairs_second_id'), 'offer_pairs', ['second_id'])
    op.create_table('directories',
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_directories_school_id_schools')),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_directories')),
    )


def downgrade() -> None:
    for table in ('directories', 'offer_pairs', 'import_uploads', 'field_origins', 'import_runs'):
        op.drop_table(table)
