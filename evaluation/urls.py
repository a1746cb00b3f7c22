"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from evaluation.views import day, feedback, figures, organise, promises, results

urlpatterns = [
    # Anyone; the first two without a cookie
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/in-the-box/", feedback.feedback_given, name="feedback_given"),
    path("promises/", promises.promises, name="promises"),
    path("figures/how-to-read/", figures.figures_how_to_read, name="figures_how_to_read"),
    # Those who organise
    path("organise/", organise.organise, name="organise"),
    path("organise/rounds/<uuid:pk>/", organise.round_workspace, name="round_workspace"),
    path("organise/rounds/<uuid:pk>/door/", day.round_door, name="round_door"),
    path("organise/rounds/<uuid:pk>/door/tick-in/", day.tick_in, name="tick_in"),
    path("organise/rounds/<uuid:pk>/door/undo/", day.undo_tick, name="undo_tick"),
    path("organise/rounds/<uuid:pk>/door/close/", day.close_register, name="close_register"),
    path("organise/rounds/<uuid:pk>/screen/", day.round_screen, name="round_screen"),
    path("organise/rounds/<uuid:pk>/screen/open-box/", day.open_box, name="open_box"),
    path("organise/rounds/<uuid:pk>/results/", results.round_results, name="round_results"),
    path("organise/rounds/<uuid:pk>/results/publish/", results.publish_comment, name="publish_comment"),
    path("organise/rounds/<uuid:pk>/results/withhold/", results.withhold_comment, name="withhold_comment"),
    # Leads
    path("figures/", figures.figures, name="figures"),
    path("figures/<slug:scope>/", figures.dashboard, name="dashboard"),
    path("figures/<slug:scope>/<slug:table>.csv", figures.dashboard_file, name="dashboard_file"),
]
