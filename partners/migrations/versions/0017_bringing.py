"""What an event needs, and who brings what"""

import sqlalchemy as sa
from alembic import op

from partners.foundation.db import UtcDateTime
from partners.foundation.sealing import Sealed

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def _at() -> UtcDateTime:
    return UtcDateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table('community_events') as batch:
        batch.add_column(sa.Column('expected', sa.Integer(), nullable=True))
    with op.batch_alter_table('event_gifts') as batch:
        batch.add_column(sa.Column('organisation_id', sa.Uuid(), nullable=True))
        batch.create_foreign_key(batch.f('fk_event_gifts_organisation_id_organisations'), 'organisations', ['organisation_id'], ['id'])
        batch.create_index(batch.f('ix_event_gifts_organisation_id'), ['organisation_id'], unique=False)
    # Until now whoever gave the event gave all its gifts.
    op.execute('UPDATE event_gifts SET organisation_id = (SELECT e.organisation_id FROM community_events e WHERE e.id = event_gifts.event_id)')
    op.create_table('event_wants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('thing', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('ended_at', _at(), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_event_wants_amount_above_nothing')),
    sa.ForeignKeyConstraint(['event_id'], ['community_events.id'], name=op.f('fk_event_wants_event_id_community_events')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_event_wants_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_wants')),
    )
    op.create_index(op.f('ix_event_wants_event_id'), 'event_wants', ['event_id'])
    op.create_table('event_brings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('want_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('name', Sealed(), nullable=False),
    sa.Column('said_at', _at(), nullable=False),
    sa.Column('taken_back_at', _at(), nullable=True),
    sa.Column('came', sa.Boolean(), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_event_brings_amount_above_nothing')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_event_brings_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_event_brings_school_id_schools')),
    sa.ForeignKeyConstraint(['want_id'], ['event_wants.id'], name=op.f('fk_event_brings_want_id_event_wants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_brings')),
    )
    op.create_index(op.f('ix_event_brings_want_id'), 'event_brings', ['want_id'])
    op.create_index(op.f('ix_event_brings_organisation_id'), 'event_brings', ['organisation_id'])


def downgrade() -> None:
    op.drop_table('event_brings')
    op.drop_table('event_wants')
    with op.batch_alter_table('event_gifts') as batch:
        batch.drop_index(batch.f('ix_event_gifts_organisation_id'))
        batch.drop_constraint(batch.f('fk_event_gifts_organisation_id_organisations'), type_='foreignkey')
        batch.drop_column('organisation_id')
    with op.batch_alter_table('community_events') as batch:
        batch.drop_column('expected')
