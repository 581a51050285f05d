"""The ward of each postcode, from open data that an installation brings in; and what wards are called"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'wards',
        sa.Column('code', sa.String(length=9), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.Column('council', sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint('code', name=op.f('pk_wards')),
    )
    op.create_table(
        'ward_postcodes',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('ward_code', sa.String(length=9), nullable=False),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_ward_postcodes')),
    )
    op.create_table(
        'ward_lists',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('edition', sa.Integer(), nullable=False),
        sa.Column('file_name', sa.String(length=200), nullable=False),
        sa.Column('added', sa.Integer(), nullable=False),
        sa.Column('moved', sa.Integer(), nullable=False),
        sa.Column('brought_in_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ward_lists')),
    )


def downgrade() -> None:
    op.drop_table('ward_lists')
    op.drop_table('ward_postcodes')
    op.drop_table('wards')
