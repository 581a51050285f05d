"""What a school and the people round it do together: asks, gives, exchanges, partnerships, groups, events and gaps"""

import sqlalchemy as sa
from alembic import op

import partners.foundation.db
import partners.foundation.sealing

revision = '0009_parklands'
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


def downgrade() -> None:
    with op.batch_alter_table('partnership_views', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_views_partnership_id'))

    op.drop_table('partnership_views')
    with op.batch_alter_table('partnership_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_links_partnership_id'))

    op.drop_table('partnership_links')
    with op.batch_alter_table('partnership_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_partnership_events_partnership_id'))

    op.drop_table('partnership_events')
    with op.batch_alter_table('known_people', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_people_partnership_id'))

    op.drop_table('known_people')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_handovers_give_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_family_give_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_exchange_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_ask_id'))

    op.drop_table('handovers')
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
    with op.batch_alter_table('gives', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gives_school_id'))
        batch_op.drop_index(batch_op.f('ix_gives_organisation_id'))

    op.drop_table('gives')
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exchanges_signature'))
        batch_op.drop_index(batch_op.f('ix_exchanges_school_id'))

    op.drop_table('exchanges')
    with op.batch_alter_table('asks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_asks_school_id'))
        batch_op.drop_index(batch_op.f('ix_asks_organisation_id'))

    op.drop_table('asks')
