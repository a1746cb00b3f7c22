"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from evaluation.views import day, door, feedback, figures, organise, paper, past_rounds, prints, promises, results

urlpatterns = [
    # Anyone; the first two without a cookie
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/in-the-box/", feedback.feedback_given, name="feedback_given"),
    path("promises/", promises.promises, name="promises"),
    path("figures/how-to-read/", figures.figures_how_to_read, name="figures_how_to_read"),
    # Those who organise
    path("organise/", organise.organise, name="organise"),
    path("organise/rounds/<uuid:pk>/", organise.round_workspace, name="round_workspace"),
    path("organise/rounds/<uuid:pk>/run-sheet/", prints.round_run_sheet, name="round_run_sheet"),
    path("organise/rounds/<uuid:pk>/prints/", prints.round_prints, name="round_prints"),
    path("organise/rounds/<uuid:pk>/prints/make-cards/", prints.make_cards, name="make_cards"),
    path("organise/rounds/<uuid:pk>/prints/cards/", prints.round_cards, name="round_cards"),
    path("organise/rounds/<uuid:pk>/prints/list/", prints.round_paper_list, name="round_paper_list"),
    path("organise/rounds/<uuid:pk>/prints/form/", prints.round_paper_form, name="round_paper_form"),
    path("organise/rounds/<uuid:pk>/tallies/", paper.round_tallies, name="round_tallies"),
    path("organise/rounds/<uuid:pk>/door/", door.round_door, name="round_door"),
    path("organise/rounds/<uuid:pk>/door/tick-in/", door.tick_in, name="tick_in"),
    path("organise/rounds/<uuid:pk>/door/undo/", door.undo_tick, name="undo_tick"),
    path("organise/rounds/<uuid:pk>/door/add/", door.add_walk_in, name="add_walk_in"),
    path("organise/rounds/<uuid:pk>/door/remove/", door.remove_walk_in, name="remove_walk_in"),
    path("organise/rounds/<uuid:pk>/door/first-round/", door.mark_first_round, name="mark_first_round"),
    path("organise/rounds/<uuid:pk>/door/close/", door.close_register, name="close_register"),
    path("organise/rounds/<uuid:pk>/screen/", day.round_screen, name="round_screen"),
    path("organise/rounds/<uuid:pk>/screen/open-box/", day.open_box, name="open_box"),
    path("organise/rounds/<uuid:pk>/results/", results.round_results, name="round_results"),
    path("organise/rounds/<uuid:pk>/results/publish/", results.publish_comment, name="publish_comment"),
    path("organise/rounds/<uuid:pk>/results/withhold/", results.withhold_comment, name="withhold_comment"),
    # Administrators
    path("manage/imports/past-rounds/", past_rounds.manage_past_rounds, name="manage_past_rounds"),
    path("manage/imports/past-rounds/template.csv", past_rounds.past_rounds_template, name="past_rounds_template"),
    path("manage/imports/past-rounds/preview/", past_rounds.preview_past_rounds, name="preview_past_rounds"),
    path("manage/imports/past-rounds/accept/", past_rounds.accept_past_rounds, name="accept_past_rounds"),
    path("manage/imports/past-rounds/faults.csv", past_rounds.faults_of_past_rounds, name="faults_of_past_rounds"),
    # Leads
    path("figures/", figures.figures, name="figures"),
    path("figures/<slug:scope>/", figures.dashboard, name="dashboard"),
    path("figures/<slug:scope>/<slug:table>.csv", figures.dashboard_file, name="dashboard_file"),
]
