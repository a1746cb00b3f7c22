"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from rounds.views import about, find, my_rounds, registration

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
]
