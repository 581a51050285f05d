"""What keeps offers true: checks, tasks and who answers"""

import sqlalchemy as sa
from alembic import op

from partners.foundation.db import UtcDateTime
from partners.foundation.sealing import Sealed

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('offer_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('how', sa.String(length=10), nullable=False),
    sa.Column('asked_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('answered_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('message_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_offer_checks_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_checks')),
    sa.UniqueConstraint('organisation_id', 'month', name=op.f('uq_offer_checks_organisation_id')),
    )
    op.create_index(op.f('ix_offer_checks_organisation_id'), 'offer_checks', ['organisation_id'])
    op.create_table('registry_tasks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('wrong', 'missed', 'bounced', 'expires_in_60', 'expires_in_14', 'expired', 'not_listed', name='taskkind', native_enum=False, length=40), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=True),
    sa.Column('about', sa.String(length=200), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('opened_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.String(length=120), nullable=True),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_registry_tasks_offer_id_offers')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_registry_tasks_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registry_tasks')),
    sa.UniqueConstraint('reason', name=op.f('uq_registry_tasks_reason')),
    )
    op.create_index(op.f('ix_registry_tasks_organisation_id'), 'registry_tasks', ['organisation_id'])
    op.create_index(op.f('ix_registry_tasks_offer_id'), 'registry_tasks', ['offer_id'])
    op.create_table('offer_contacts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('contact_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_offer_contacts_contact_id_contacts')),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_contacts_offer_id_offers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_contacts')),
    sa.UniqueConstraint('offer_id', 'position', name=op.f('uq_offer_contacts_offer_id')),
    )
    op.create_index(op.f('ix_offer_contacts_offer_id'), 'offer_contacts', ['offer_id'])
    with op.batch_alter_table('offer_links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contact_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_offer_links_contact_id_contacts'), 'contacts', ['contact_id'], ['id'], ondelete='SET NULL')
    _terms()
    _edits()
    _papers()


def _terms() -> None:
    op.create_table('offer_terms',
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('promise', sa.String(length=160), nullable=False),
    sa.Column('eligibility', sa.JSON(), nullable=False),
    sa.Column('not_needed', sa.JSON(), nullable=False),
    sa.Column('cost', sa.String(length=200), nullable=False),
    sa.Column('hidden_costs', sa.String(length=200), nullable=False),
    sa.Column('facts_needed', sa.JSON(), nullable=False),
    sa.Column('monthly_cap', sa.Integer(), nullable=True),
    sa.Column('urgent_route', sa.String(length=200), nullable=False),
    sa.Column('comes_back', sa.JSON(), nullable=False),
    sa.Column('never_back', sa.String(length=500), nullable=False),
    sa.Column('complaints', sa.String(length=300), nullable=False),
    sa.Column('data_held', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_terms_offer_id_offers')),
    sa.PrimaryKeyConstraint('offer_id', name=op.f('pk_offer_terms')),
    )
    op.create_table('feature_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('feature', sa.String(length=60), nullable=False),
    sa.Column('answer', sa.String(length=10), nullable=False),
    sa.Column('verified_by', sa.String(length=120), nullable=False),
    sa.Column('verified_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_feature_checks_offer_id_offers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feature_checks')),
    sa.UniqueConstraint('offer_id', 'feature', name=op.f('uq_feature_checks_offer_id')),
    )
    op.create_index(op.f('ix_feature_checks_offer_id'), 'feature_checks', ['offer_id'])
    op.create_table('offer_places',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_places_offer_id_offers')),
    sa.ForeignKeyConstraint(['place_id'], ['places.id'], name=op.f('fk_offer_places_place_id_places')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_places')),
    sa.UniqueConstraint('offer_id', 'place_id', name=op.f('uq_offer_places_offer_id')),
    )
    op.create_index(op.f('ix_offer_places_offer_id'), 'offer_places', ['offer_id'])


def _edits() -> None:
    op.create_table('offer_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('by_name', sa.String(length=120), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=True),
    sa.Column('how', sa.String(length=20), nullable=False),
    sa.Column('changed', sa.JSON(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_versions_offer_id_offers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_versions')),
    sa.UniqueConstraint('offer_id', 'number', name=op.f('uq_offer_versions_offer_id')),
    )
    op.create_index(op.f('ix_offer_versions_offer_id'), 'offer_versions', ['offer_id'])
    op.create_table('offer_proposals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.Column('word', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_offer_proposals_offer_id_offers')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_offer_proposals_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer_proposals')),
    )
    op.create_index(op.f('ix_offer_proposals_offer_id'), 'offer_proposals', ['offer_id'])
    op.create_index(op.f('ix_offer_proposals_organisation_id'), 'offer_proposals', ['organisation_id'])


def _papers() -> None:
    op.create_table('papers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('dbs', 'safeguarding_policy', 'insurance', 'registration', name='paperkind', native_enum=False, length=40), nullable=False),
    sa.Column('detail', sa.String(length=120), nullable=False),
    sa.Column('number', sa.String(length=80), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('checked_by', sa.String(length=120), nullable=False),
    sa.Column('checked_at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_papers_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_papers')),
    sa.UniqueConstraint('organisation_id', 'kind', 'number', name=op.f('uq_papers_organisation_id')),
    )
    op.create_index(op.f('ix_papers_organisation_id'), 'papers', ['organisation_id'])
    op.create_table('thanks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('words', Sealed(), nullable=False),
    sa.Column('said_at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_thanks_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_thanks_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thanks')),
    )
    op.create_index(op.f('ix_thanks_organisation_id'), 'thanks', ['organisation_id'])


def downgrade() -> None:
    with op.batch_alter_table('offer_links', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_offer_links_contact_id_contacts'), type_='foreignkey')
        batch_op.drop_column('contact_id')
    for table in ('thanks', 'papers', 'offer_proposals', 'offer_versions', 'offer_places', 'feature_checks', 'offer_terms', 'offer_contacts', 'registry_tasks', 'offer_checks'):
        op.drop_table(table)
