"""How long records are kept: signed schedules, what is left after their time, and the breach register"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def _of_school(table: str) -> None:
    op.create_index(op.f(f'ix_{table}_school_id'), table, ['school_id'])


def upgrade() -> None:
    op.create_table('retention_schedules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('signed_by', sa.String(length=120), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', _at(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_retention_schedules_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_schedules')),
    )
    op.create_table('outcome_rows',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('school_year', sa.Integer(), nullable=False),
    sa.Column('need_group', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('ended_as', sa.String(length=20), nullable=False),
    sa.Column('result', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_outcome_rows_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_rows')),
    )
    op.create_table('kept_agreements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('facts', partners.foundation.sealing.SealedJson(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_kept_agreements_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_agreements')),
    )
    op.create_table('breaches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('what', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('known_at', _at(), nullable=False),
    sa.Column('report_by', _at(), nullable=False),
    sa.Column('noted_by_id', sa.Uuid(), nullable=True),
    sa.Column('noted_at', _at(), nullable=False),
    sa.Column('risk', sa.Enum('not_known', 'unlikely', 'likely', 'high', name='risk', native_enum=False, length=40), nullable=False),
    sa.Column('done', partners.foundation.sealing.Sealed(), nullable=True),
    sa.Column('reported_at', _at(), nullable=True),
    sa.Column('reference', sa.String(length=60), nullable=True),
    sa.Column('families_told_at', _at(), nullable=True),
    sa.Column('closed_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_breaches_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_breaches')),
    )
    for table in ('retention_schedules', 'outcome_rows', 'kept_agreements', 'breaches'):
        _of_school(table)


def downgrade() -> None:
    for table in ('breaches', 'kept_agreements', 'outcome_rows', 'retention_schedules'):
        op.drop_table(table)
