"""School data under hashes, and how a school's columns are read; trusts and their frozen totals; stories that a family is glad to have told"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def _at() -> sa.types.TypeEngine:
    return partners.foundation.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('school_pupils',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('weeks', sa.Text(), nullable=False),
    sa.Column('changed_at', _at(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_school_pupils_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_pupils')),
    sa.UniqueConstraint('school_id', 'token', name=op.f('uq_school_pupils_school_id')),
    )
    op.create_index(op.f('ix_school_pupils_school_id'), 'school_pupils', ['school_id'])
    op.create_table('family_pupils',
    sa.Column('pupil_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', _at(), nullable=False),
    sa.Column('linked_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['pupil_id'], ['school_pupils.id'], name=op.f('fk_family_pupils_pupil_id_school_pupils'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_family_pupils_family_id_families'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pupil_id', name=op.f('pk_family_pupils')),
    )
    op.create_index(op.f('ix_family_pupils_family_id'), 'family_pupils', ['family_id'])
    op.create_table('school_data_columns',
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('empty_means_no', sa.Boolean(), nullable=False),
    sa.Column('saved_at', _at(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_school_data_columns_school_id_schools')),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_school_data_columns')),
    )
    op.create_table('school_data_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('headings', sa.JSON(), nullable=False),
    sa.Column('dropped', sa.JSON(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('sent_at', _at(), nullable=False),
    sa.Column('applied_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_school_data_files_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_data_files')),
    )
    op.create_index(op.f('ix_school_data_files_school_id'), 'school_data_files', ['school_id'])
    op.create_table('trusts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('made_at', _at(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trusts')),
    )
    op.create_table('trust_schools',
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('trust_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_trust_schools_school_id_schools')),
    sa.ForeignKeyConstraint(['trust_id'], ['trusts.id'], name=op.f('fk_trust_schools_trust_id_trusts')),
    sa.PrimaryKeyConstraint('school_id', name=op.f('pk_trust_schools')),
    )
    op.create_index(op.f('ix_trust_schools_trust_id'), 'trust_schools', ['trust_id'])
    op.create_table('trust_people',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('trust_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_trust_people_user_id_users')),
    sa.ForeignKeyConstraint(['trust_id'], ['trusts.id'], name=op.f('fk_trust_people_trust_id_trusts')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_trust_people')),
    )
    op.create_index(op.f('ix_trust_people_trust_id'), 'trust_people', ['trust_id'])
    op.create_table('trust_releases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('trust_id', sa.Uuid(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('made_at', _at(), nullable=False),
    sa.Column('schools', sa.Integer(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['trust_id'], ['trusts.id'], name=op.f('fk_trust_releases_trust_id_trusts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trust_releases')),
    sa.UniqueConstraint('trust_id', 'ends_on', name=op.f('uq_trust_releases_trust_id')),
    )
    op.create_index(op.f('ix_trust_releases_trust_id'), 'trust_releases', ['trust_id'])
    op.create_table('stories',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('agreed_on', sa.Date(), nullable=False),
    sa.Column('agreed_how', sa.String(length=20), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('written_by_id', sa.Uuid(), nullable=True),
    sa.Column('written_at', _at(), nullable=False),
    sa.Column('ended_at', _at(), nullable=True),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_stories_family_id_families'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_stories_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stories')),
    )
    op.create_index(op.f('ix_stories_family_id'), 'stories', ['family_id'])
    op.create_index(op.f('ix_stories_school_id'), 'stories', ['school_id'])


def downgrade() -> None:
    for table in ('stories', 'trust_releases', 'trust_people', 'trust_schools', 'trusts', 'school_data_files', 'school_data_columns', 'family_pupils', 'school_pupils'):
        op.drop_table(table)
