"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from evaluation.views import (
    certificates,
    coming_in,
    day,
    device,
    door,
    feedback,
    figures,
    offered,
    organise,
    over_time,
    own,
    paper,
    partner,
    past_rounds,
    prints,
    promises,
    questionnaires,
    results,
    who_sees,
)
from rounds_site.kit.sight import in_own_sight

urlpatterns = [
    # Anyone; the first three without a cookie
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/in-the-box/", feedback.feedback_given, name="feedback_given"),
    path("certificates/check/", certificates.check_certificate, name="check_certificate"),
    path("promises/", promises.promises, name="promises"),
    path("promises/each-box/", promises.each_box, name="each_box"),
    path("figures/how-to-read/", figures.figures_how_to_read, name="figures_how_to_read"),
    # Oneself
    path("rounds/<uuid:pk>/certificate/", certificates.certificate, name="certificate"),
    path("your-details/all-we-hold/", own.all_we_hold, name="all_we_hold"),
    path("your-details/all-we-hold/file/", own.all_we_hold_file, name="all_we_hold_file"),
    path("your-details/erase/", own.erase, name="erase"),
    # A device at the door, let in by a link
    path("door/<str:token>/", device.door_link, name="door_link"),
    path("at-the-door/", device.device_door, name="device_door"),
    path("at-the-door/tick-in/", device.device_tick_in, name="device_tick_in"),
    path("at-the-door/code/", device.device_tick_in_by_code, name="device_tick_in_by_code"),
    path("at-the-door/undo/", device.device_undo_tick, name="device_undo_tick"),
    path("at-the-door/add/", device.device_add_walk_in, name="device_add_walk_in"),
    path("at-the-door/remove/", device.device_remove_walk_in, name="device_remove_walk_in"),
    path("at-the-door/first-round/", device.device_mark_first_round, name="device_mark_first_round"),
    path("at-the-door/leave/", device.device_leave, name="device_leave"),
    # Those who organise
    path("organise/", organise.organise, name="organise"),
    path("organise/rounds/<uuid:pk>/", organise.round_workspace, name="round_workspace"),
    path("organise/rounds/<uuid:pk>/who-sees/", who_sees.round_who_sees, name="round_who_sees"),
    path("organise/rounds/<uuid:pk>/run-sheet/", prints.round_run_sheet, name="round_run_sheet"),
    path("organise/rounds/<uuid:pk>/prints/", prints.round_prints, name="round_prints"),
    path("organise/rounds/<uuid:pk>/prints/make-cards/", prints.make_cards, name="make_cards"),
    path("organise/rounds/<uuid:pk>/prints/cards/", prints.round_cards, name="round_cards"),
    path("organise/rounds/<uuid:pk>/prints/cards.pdf", prints.round_cards_file, name="round_cards_file"),
    path("organise/rounds/<uuid:pk>/prints/list/", prints.round_paper_list, name="round_paper_list"),
    path("organise/rounds/<uuid:pk>/prints/form/", prints.round_paper_form, name="round_paper_form"),
    path("organise/rounds/<uuid:pk>/tallies/", paper.round_tallies, name="round_tallies"),
    path("organise/rounds/<uuid:pk>/door/", door.round_door, name="round_door"),
    path("organise/rounds/<uuid:pk>/door/tick-in/", door.tick_in, name="tick_in"),
    path("organise/rounds/<uuid:pk>/door/code/", door.tick_in_by_code, name="tick_in_by_code"),
    path("organise/rounds/<uuid:pk>/door/undo/", door.undo_tick, name="undo_tick"),
    path("organise/rounds/<uuid:pk>/door/add/", door.add_walk_in, name="add_walk_in"),
    path("organise/rounds/<uuid:pk>/door/remove/", door.remove_walk_in, name="remove_walk_in"),
    path("organise/rounds/<uuid:pk>/door/first-round/", door.mark_first_round, name="mark_first_round"),
    path("rounds/<uuid:pk>/come-in/", coming_in.come_in, name="come_in"),
    path("organise/rounds/<uuid:pk>/door/link/", door.make_door_link, name="make_door_link"),
    path("organise/rounds/<uuid:pk>/door/link/end/", door.end_door_link, name="end_door_link"),
    path("organise/rounds/<uuid:pk>/door/close/", door.close_register, name="close_register"),
    path("organise/rounds/<uuid:pk>/screen/", day.round_screen, name="round_screen"),
    path("organise/rounds/<uuid:pk>/results/", results.round_results, name="round_results"),
    path("organise/rounds/<uuid:pk>/results/over-time/", over_time.round_over_time, name="round_over_time"),
    path(
        "organise/rounds/<uuid:pk>/results/over-time/file.csv",
        over_time.round_over_time_file,
        name="round_over_time_file",
    ),
    path("organise/rounds/<uuid:pk>/results/publish/", results.publish_comment, name="publish_comment"),
    path("organise/rounds/<uuid:pk>/results/edit/", results.edit_comment, name="edit_comment"),
    path("organise/rounds/<uuid:pk>/results/withhold/", results.withhold_comment, name="withhold_comment"),
    # Administrators
    path("manage/imports/past-rounds/", past_rounds.manage_past_rounds, name="manage_past_rounds"),
    path("manage/imports/past-rounds/template.csv", past_rounds.past_rounds_template, name="past_rounds_template"),
    path("manage/imports/past-rounds/preview/", past_rounds.preview_past_rounds, name="preview_past_rounds"),
    path("manage/imports/past-rounds/accept/", past_rounds.accept_past_rounds, name="accept_past_rounds"),
    path("manage/imports/past-rounds/faults.csv", past_rounds.faults_of_past_rounds, name="faults_of_past_rounds"),
    path("manage/questionnaires/", questionnaires.manage_questionnaires, name="manage_questionnaires"),
    path("manage/questionnaires/add/", questionnaires.manage_questionnaire_add, name="manage_questionnaire_add"),
    path(
        "manage/questionnaires/with-the-portal/<slug:code>/",
        questionnaires.manage_portal_questions,
        name="manage_portal_questions",
    ),
    path("manage/questionnaires/<uuid:pk>/", questionnaires.manage_questionnaire, name="manage_questionnaire"),
    path(
        "manage/questionnaires/<uuid:pk>/change/",
        questionnaires.manage_questionnaire_change,
        name="manage_questionnaire_change",
    ),
    path("manage/questionnaires/<uuid:pk>/drop/", questionnaires.drop_questionnaire, name="drop_questionnaire"),
    path("manage/questionnaires/<uuid:pk>/next/", questionnaires.write_next_version, name="write_next_version"),
    path(
        "manage/questionnaires/choices/<uuid:pk>/take-back/",
        questionnaires.take_back_questions,
        name="take_back_questions",
    ),
    # Leads
    path("figures/", figures.figures, name="figures"),
    path("figures/<slug:scope>/", figures.dashboard, name="dashboard"),
    path("figures/<slug:scope>/equity/", figures.equity, name="equity"),
    path("figures/<slug:scope>/board-report/", figures.board_report, name="board_report"),
    path("figures/<slug:scope>/annual-report/", figures.annual_report, name="annual_report"),
    path("figures/<slug:scope>/brief/", figures.sponsor_brief, name="sponsor_brief"),
    path("figures/<slug:scope>/offered/", offered.offered, name="offered"),
    path("figures/<slug:scope>/offered.csv", offered.offered_file, name="offered_file"),
    path("figures/<slug:scope>/offered/<slug:place>/", offered.offered_in_place, name="offered_in_place"),
    path("figures/<slug:scope>/offered/<slug:place>.csv", offered.offered_in_place_file, name="offered_in_place_file"),
    path("figures/<slug:scope>/board-report.xlsx", figures.board_report_file, name="board_report_file"),
    path("figures/<slug:scope>/annual-report.xlsx", figures.annual_report_file, name="annual_report_file"),
    path("figures/<slug:scope>/partner/<slug:code>/", partner.partner_figures, name="partner_figures"),
    path("figures/<slug:scope>/partner/<slug:code>.csv", partner.partner_figures_file, name="partner_figures_file"),
    path("figures/<slug:scope>/<slug:table>.csv", figures.dashboard_file, name="dashboard_file"),
]

# Each page here reads guarded tables, if only for the own booking of whoever looks; but a tick reads them in its action
# alone, and people stand in line for it.
for each in urlpatterns:
    if each.name != "tick_in":
        each.callback = in_own_sight(each.callback)
