"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from rounds.views import (
    about,
    bookings,
    change,
    details,
    find,
    invitations,
    my_rounds,
    panel,
    planning,
    poster,
    preparation,
    registration,
    team,
)

urlpatterns = [
    # Staff
    path("what-happens/", about.what_happens, name="what_happens"),
    path("release-letter/", about.release_letter, name="release_letter"),
    path("rounds/", find.find_rounds, name="find_rounds"),
    path("rounds/<uuid:pk>/", registration.round_page, name="round_page"),
    path("rounds/<uuid:pk>/book/", registration.book, name="book"),
    path("rounds/<uuid:pk>/take-place/", registration.take_place, name="take_place"),
    path("rounds/<uuid:pk>/add-to-diary/", registration.add_to_diary, name="add_to_diary"),
    path("rounds/<uuid:pk>/diary-file/", registration.diary_file, name="diary_file"),
    path("rounds/<uuid:pk>/cancel-place/", registration.cancel_place, name="cancel_place"),
    path("my-rounds/", my_rounds.my_rounds, name="my_rounds"),
    # The storyteller alone
    path("preparation/<uuid:pk>/", preparation.preparation, name="preparation"),
    path("preparation/<uuid:pk>/answer/", preparation.answer_preparation, name="answer_preparation"),
    path("preparation/<uuid:pk>/step-back/", preparation.step_back, name="step_back"),
    # Organisers
    path("organise/plan/", planning.plan_round, name="plan_round"),
    path("organise/plan/<slug:step>/", planning.plan_round, name="plan_round"),
    path("organise/rounds/<uuid:pk>/details/", details.round_details, name="round_details"),
    path("organise/rounds/<uuid:pk>/details/publish/", details.publish_round, name="publish_round"),
    path("organise/rounds/<uuid:pk>/change/", change.round_change, name="round_change"),
    path("organise/rounds/<uuid:pk>/change/<slug:what>/", change.round_change_to, name="round_change_to"),
    path("organise/rounds/<uuid:pk>/change/<slug:what>/confirm/", change.confirm_change, name="confirm_change"),
    path("organise/rounds/<uuid:pk>/invitations/", invitations.round_invitations, name="round_invitations"),
    path("organise/rounds/<uuid:pk>/invitations/release/", invitations.release_invitations, name="release_invitations"),
    path("organise/rounds/<uuid:pk>/poster/", poster.round_poster, name="round_poster"),
    path("organise/rounds/<uuid:pk>/bookings/", bookings.round_bookings, name="round_bookings"),
    path("organise/rounds/<uuid:pk>/team/", team.round_team, name="round_team"),
    path("organise/rounds/<uuid:pk>/team/<uuid:member>/take-off/", team.take_off_team, name="take_off_team"),
    path("organise/rounds/<uuid:pk>/panel/", panel.round_panel, name="round_panel"),
    path("organise/rounds/<uuid:pk>/panel/order/", panel.set_order, name="set_order"),
    path("organise/rounds/<uuid:pk>/panel/<uuid:storyteller>/", panel.round_storyteller, name="round_storyteller"),
    path("organise/rounds/<uuid:pk>/panel/<uuid:storyteller>/take-off/", panel.take_off_panel, name="take_off_panel"),
    path("organise/rounds/<uuid:pk>/panel/<uuid:storyteller>/<slug:kind>/", panel.set_step, name="set_step"),
]
