"""What a school and the people round it do together: asks, gives, exchanges, partnerships, groups, events and gaps"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('asks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('thing', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('starts', sa.String(length=5), nullable=True),
    sa.Column('ends', sa.String(length=5), nullable=True),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_because', sa.String(length=20), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_asks_amount_above_nothing')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_asks_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_asks_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asks'))
    )
    with op.batch_alter_table('asks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_asks_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_asks_school_id'), ['school_id'], unique=False)

    op.create_table('community_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('starts', sa.String(length=5), nullable=True),
    sa.Column('ends', sa.String(length=5), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('collecting', sa.String(length=300), nullable=False),
    sa.Column('open_to_all', sa.Boolean(), nullable=False),
    sa.Column('headcount', sa.Integer(), nullable=True),
    sa.Column('added_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('given_out_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('returned_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('headcount IS NULL OR headcount >= 0', name=op.f('ck_community_events_headcount_not_negative')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_community_events_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_community_events_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_community_events'))
    )
    with op.batch_alter_table('community_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_community_events_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_community_events_school_id'), ['school_id'], unique=False)

    op.create_table('exchanges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('press', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('chosen_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('chosen_by_id', sa.Uuid(), nullable=True),
    sa.Column('put_aside', sa.Boolean(), nullable=False),
    sa.Column('arranged_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_because', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_exchanges_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchanges')),
    sa.UniqueConstraint('press', name=op.f('uq_exchanges_press'))
    )
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchanges_school_id'), ['school_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchanges_signature'), ['signature'], unique=False)

    op.create_table('gap_asks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('to_whom', sa.String(length=20), nullable=False),
    sa.Column('families', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=True),
    sa.Column('made_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_gap_asks_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gap_asks'))
    )
    with op.batch_alter_table('gap_asks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gap_asks_school_id'), ['school_id'], unique=False)

    op.create_table('gives',
    sa.Column('in_exchange', sa.Boolean(), nullable=False),
    sa.Column('comes_to_you', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('thing', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('starts', sa.String(length=5), nullable=True),
    sa.Column('ends', sa.String(length=5), nullable=True),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('said_by', sa.String(length=120), nullable=False),
    sa.Column('added_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_because', sa.String(length=20), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_gives_amount_above_nothing')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_gives_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_gives_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gives'))
    )
    with op.batch_alter_table('gives', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gives_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_gives_school_id'), ['school_id'], unique=False)

    op.create_table('event_gifts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('features', sa.JSON(), nullable=False),
    sa.Column('went_back', sa.Integer(), nullable=True),
    sa.CheckConstraint('places > 0', name=op.f('ck_event_gifts_places_above_nothing')),
    sa.CheckConstraint('went_back IS NULL OR (went_back >= 0 AND went_back <= places)', name=op.f('ck_event_gifts_went_back_within_places')),
    sa.ForeignKeyConstraint(['event_id'], ['community_events.id'], name=op.f('fk_event_gifts_event_id_community_events')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_gifts'))
    )
    with op.batch_alter_table('event_gifts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_gifts_event_id'), ['event_id'], unique=False)

    op.create_table('family_gives',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('thing', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('words', partners.foundation.sealing.Sealed(), nullable=True),
    sa.Column('said_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_family_gives_amount_above_nothing')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_family_gives_family_id_families')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_family_gives_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_family_gives'))
    )
    with op.batch_alter_table('family_gives', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_family_gives_family_id'), ['family_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_family_gives_school_id'), ['school_id'], unique=False)

    op.create_table('partnerships',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('next_step', sa.String(length=200), nullable=False),
    sa.Column('next_step_on', sa.Date(), nullable=True),
    sa.Column('monthly_cap', sa.Integer(), nullable=True),
    sa.Column('added_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_partnerships_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_partnerships_owner_id_users')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_partnerships_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partnerships')),
    sa.UniqueConstraint('school_id', 'organisation_id', name=op.f('uq_partnerships_school_id'))
    )
    with op.batch_alter_table('partnerships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_partnerships_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_partnerships_school_id'), ['school_id'], unique=False)

    op.create_table('exchange_parties',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('exchange_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('family_give_id', sa.Uuid(), nullable=True),
    sa.Column('answer', sa.String(length=10), nullable=True),
    sa.Column('answered_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('name', partners.foundation.sealing.Sealed(), nullable=True),
    sa.ForeignKeyConstraint(['exchange_id'], ['exchanges.id'], name=op.f('fk_exchange_parties_exchange_id_exchanges')),
    sa.ForeignKeyConstraint(['family_give_id'], ['family_gives.id'], name=op.f('fk_exchange_parties_family_give_id_family_gives')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_exchange_parties_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_exchange_parties_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_parties')),
    sa.UniqueConstraint('exchange_id', 'position', name=op.f('uq_exchange_parties_exchange_id'))
    )
    with op.batch_alter_table('exchange_parties', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchange_parties_exchange_id'), ['exchange_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchange_parties_organisation_id'), ['organisation_id'], unique=False)

    op.create_table('gift_wishes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('asked_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('gift_id', sa.Uuid(), nullable=True),
    sa.Column('locked', sa.Boolean(), nullable=False),
    sa.Column('given_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('collected_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['community_events.id'], name=op.f('fk_gift_wishes_event_id_community_events')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_gift_wishes_family_id_families')),
    sa.ForeignKeyConstraint(['gift_id'], ['event_gifts.id'], name=op.f('fk_gift_wishes_gift_id_event_gifts')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_gift_wishes_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gift_wishes')),
    sa.UniqueConstraint('event_id', 'family_id', 'code', name=op.f('uq_gift_wishes_event_id'))
    )
    with op.batch_alter_table('gift_wishes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gift_wishes_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_gift_wishes_family_id'), ['family_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_gift_wishes_gift_id'), ['gift_id'], unique=False)

    op.create_table('handovers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('exchange_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('ask_id', sa.Uuid(), nullable=False),
    sa.Column('give_id', sa.Uuid(), nullable=True),
    sa.Column('family_give_id', sa.Uuid(), nullable=True),
    sa.Column('says', sa.JSON(), nullable=False),
    sa.Column('check_first', sa.JSON(), nullable=False),
    sa.Column('came', sa.String(length=20), nullable=True),
    sa.Column('came_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ask_id'], ['asks.id'], name=op.f('fk_handovers_ask_id_asks')),
    sa.ForeignKeyConstraint(['exchange_id'], ['exchanges.id'], name=op.f('fk_handovers_exchange_id_exchanges')),
    sa.ForeignKeyConstraint(['family_give_id'], ['family_gives.id'], name=op.f('fk_handovers_family_give_id_family_gives')),
    sa.ForeignKeyConstraint(['give_id'], ['gives.id'], name=op.f('fk_handovers_give_id_gives')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handovers_ask_id'), ['ask_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_exchange_id'), ['exchange_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_family_give_id'), ['family_give_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_give_id'), ['give_id'], unique=False)

    op.create_table('known_people',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partnership_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('school', 'partner', name='side', native_enum=False, length=40), nullable=False),
    sa.Column('name', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('part', sa.String(length=120), nullable=False),
    sa.Column('known_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('left_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['partnership_id'], ['partnerships.id'], name=op.f('fk_known_people_partnership_id_partnerships')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_people'))
    )
    with op.batch_alter_table('known_people', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_people_partnership_id'), ['partnership_id'], unique=False)

    op.create_table('need_groups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('area', sa.String(length=10), nullable=True),
    sa.Column('in_common', sa.JSON(), nullable=False),
    sa.Column('half_hours', sa.JSON(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=True),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('day', sa.String(length=3), nullable=True),
    sa.Column('starts', sa.String(length=5), nullable=True),
    sa.Column('ends', sa.String(length=5), nullable=True),
    sa.Column('places', sa.Integer(), nullable=True),
    sa.Column('organisation_agreed_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('organisation_answer', sa.String(length=10), nullable=True),
    sa.Column('made_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('places IS NULL OR places > 0', name=op.f('ck_need_groups_places_above_nothing')),
    sa.ForeignKeyConstraint(['offer_id'], ['offers.id'], name=op.f('fk_need_groups_offer_id_offers')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_need_groups_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_need_groups_owner_id_users')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_need_groups_school_id_schools')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_groups'))
    )
    with op.batch_alter_table('need_groups', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_groups_organisation_id'), ['organisation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_need_groups_school_id'), ['school_id'], unique=False)

    op.create_table('partnership_events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partnership_id', sa.Uuid(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('kind', sa.Enum('met', 'spoke', 'joint_act', 'we_did', 'they_did', 'changed', 'parents_say', 'thanked', name='happened', native_enum=False, length=40), nullable=False),
    sa.Column('words', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('spoke_with', partners.foundation.sealing.Sealed(), nullable=True),
    sa.Column('recorded_by', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('recorded_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['partnership_id'], ['partnerships.id'], name=op.f('fk_partnership_events_partnership_id_partnerships')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partnership_events'))
    )
    with op.batch_alter_table('partnership_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_partnership_events_partnership_id'), ['partnership_id'], unique=False)

    op.create_table('partnership_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('partnership_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['partnership_id'], ['partnerships.id'], name=op.f('fk_partnership_links_partnership_id_partnerships')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partnership_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_partnership_links_token_hash'))
    )
    with op.batch_alter_table('partnership_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_partnership_links_partnership_id'), ['partnership_id'], unique=False)

    op.create_table('partnership_views',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partnership_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('side', sa.Enum('school', 'partner', name='side', native_enum=False, length=40), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('name', partners.foundation.sealing.Sealed(), nullable=False),
    sa.Column('given_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['partnership_id'], ['partnerships.id'], name=op.f('fk_partnership_views_partnership_id_partnerships')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partnership_views')),
    sa.UniqueConstraint('partnership_id', 'year', 'side', name=op.f('uq_partnership_views_partnership_id'))
    )
    with op.batch_alter_table('partnership_views', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_partnership_views_partnership_id'), ['partnership_id'], unique=False)

    op.create_table('group_meetings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('cancelled_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('noted_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['need_groups.id'], name=op.f('fk_group_meetings_group_id_need_groups')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_meetings')),
    sa.UniqueConstraint('group_id', 'on', name=op.f('uq_group_meetings_group_id'))
    )
    with op.batch_alter_table('group_meetings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_meetings_group_id'), ['group_id'], unique=False)

    op.create_table('group_members',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('answer', sa.String(length=10), nullable=True),
    sa.Column('answered_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('agreement_id', sa.Uuid(), nullable=True),
    sa.Column('left_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('result', sa.String(length=10), nullable=True),
    sa.Column('result_at', partners.foundation.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreements.id'], name=op.f('fk_group_members_agreement_id_agreements')),
    sa.ForeignKeyConstraint(['family_id'], ['families.id'], name=op.f('fk_group_members_family_id_families')),
    sa.ForeignKeyConstraint(['group_id'], ['need_groups.id'], name=op.f('fk_group_members_group_id_need_groups')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_group_members_need_id_needs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_members')),
    sa.UniqueConstraint('group_id', 'need_id', name=op.f('uq_group_members_group_id'))
    )
    with op.batch_alter_table('group_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_members_family_id'), ['family_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_group_members_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_group_members_need_id'), ['need_id'], unique=False)

    op.create_table('meeting_presences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['group_meetings.id'], name=op.f('fk_meeting_presences_meeting_id_group_meetings')),
    sa.ForeignKeyConstraint(['member_id'], ['group_members.id'], name=op.f('fk_meeting_presences_member_id_group_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_presences')),
    sa.UniqueConstraint('meeting_id', 'member_id', name=op.f('uq_meeting_presences_meeting_id'))
    )
    with op.batch_alter_table('meeting_presences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_presences_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_presences_member_id'), ['member_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('meeting_presences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_presences_member_id'))
        batch_op.drop_index(batch_op.f('ix_meeting_presences_meeting_id'))

    op.drop_table('meeting_presences')
    with op.batch_alter_table('group_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_group_members_need_id'))
        batch_op.drop_index(batch_op.f('ix_group_members_group_id'))
        batch_op.drop_index(batch_op.f('ix_group_members_family_id'))

    op.drop_table('group_members')
    with op.batch_alter_table('group_meetings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_group_meetings_group_id'))

    op.drop_table('group_meetings')
    with op.batch_alter_table('partnership_views', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_views_partnership_id'))

    op.drop_table('partnership_views')
    with op.batch_alter_table('partnership_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_links_partnership_id'))

    op.drop_table('partnership_links')
    with op.batch_alter_table('partnership_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_events_partnership_id'))

    op.drop_table('partnership_events')
    with op.batch_alter_table('need_groups', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_need_groups_school_id'))
        batch_op.drop_index(batch_op.f('ix_need_groups_organisation_id'))

    op.drop_table('need_groups')
    with op.batch_alter_table('known_people', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_people_partnership_id'))

    op.drop_table('known_people')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_handovers_give_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_family_give_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_exchange_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_ask_id'))

    op.drop_table('handovers')
    with op.batch_alter_table('gift_wishes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gift_wishes_gift_id'))
        batch_op.drop_index(batch_op.f('ix_gift_wishes_family_id'))
        batch_op.drop_index(batch_op.f('ix_gift_wishes_event_id'))

    op.drop_table('gift_wishes')
    with op.batch_alter_table('exchange_parties', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exchange_parties_organisation_id'))
        batch_op.drop_index(batch_op.f('ix_exchange_parties_exchange_id'))

    op.drop_table('exchange_parties')
    with op.batch_alter_table('partnerships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnerships_school_id'))
        batch_op.drop_index(batch_op.f('ix_partnerships_organisation_id'))

    op.drop_table('partnerships')
    with op.batch_alter_table('family_gives', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_family_gives_school_id'))
        batch_op.drop_index(batch_op.f('ix_family_gives_family_id'))

    op.drop_table('family_gives')
    with op.batch_alter_table('event_gifts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_gifts_event_id'))

    op.drop_table('event_gifts')
    with op.batch_alter_table('gives', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gives_school_id'))
        batch_op.drop_index(batch_op.f('ix_gives_organisation_id'))

    op.drop_table('gives')
    with op.batch_alter_table('gap_asks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gap_asks_school_id'))

    op.drop_table('gap_asks')
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exchanges_signature'))
        batch_op.drop_index(batch_op.f('ix_exchanges_school_id'))

    op.drop_table('exchanges')
    with op.batch_alter_table('community_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_community_events_school_id'))
        batch_op.drop_index(batch_op.f('ix_community_events_organisation_id'))

    op.drop_table('community_events')
    with op.batch_alter_table('asks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_asks_school_id'))
        batch_op.drop_index(batch_op.f('ix_asks_organisation_id'))

    op.drop_table('asks')
