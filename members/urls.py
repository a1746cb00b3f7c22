"""Addresses of this app; each leads to the view of the same name."""

from django.urls import path

from .views import imports, joining, manage, organisations, own, people

urlpatterns = [
    path("support/", own.support, name="support"),
    path("join/<slug:token>/", joining.join, name="join"),
    path("stop/<str:token>/", own.stop, name="stop"),
    path("your-details/", own.your_details, name="your_details"),
    path("your-details/invitations/", own.your_invitations, name="your_invitations"),
    path("manage/", manage.manage, name="manage"),
    path("manage/settings/", manage.manage_settings, name="manage_settings"),
    path("manage/organisations/", organisations.manage_organisations, name="manage_organisations"),
    path("manage/organisations/add/", organisations.manage_organisation_add, name="manage_organisation_add"),
    path("manage/organisations/<slug:code>/", organisations.manage_organisation, name="manage_organisation"),
    path(
        "manage/organisations/<slug:code>/change/",
        organisations.manage_organisation_change,
        name="manage_organisation_change",
    ),
    path("manage/organisations/<slug:code>/staff/", organisations.manage_staff_numbers, name="manage_staff_numbers"),
    path("manage/organisations/<slug:code>/places/", organisations.serve_place, name="serve_place"),
    path("manage/organisations/<slug:code>/places/<slug:place>/end/", organisations.leave_place, name="leave_place"),
    path("manage/organisations/<slug:code>/join-link/", organisations.make_join_link, name="make_join_link"),
    path("manage/organisations/<slug:code>/join-link/end/", organisations.end_join_link, name="end_join_link"),
    path("manage/places/add/", organisations.manage_place_add, name="manage_place_add"),
    path("manage/places/<slug:code>/", organisations.manage_place, name="manage_place"),
    path("manage/imports/", imports.manage_imports, name="manage_imports"),
    path("manage/imports/organisations/", imports.manage_import_organisations, name="manage_import_organisations"),
    path("manage/imports/organisations/template.csv", imports.ods_list_template, name="ods_list_template"),
    path("manage/imports/organisations/preview/", imports.preview_organisations, name="preview_organisations"),
    path("manage/imports/organisations/accept/", imports.accept_organisations, name="accept_organisations"),
    path("manage/imports/organisations/faults.csv", imports.faults_of_organisations, name="faults_of_organisations"),
    path("manage/imports/staff/", imports.manage_import_staff, name="manage_import_staff"),
    path("manage/imports/staff/template.csv", imports.staff_list_template, name="staff_list_template"),
    path("manage/imports/staff/preview/", imports.preview_staff, name="preview_staff"),
    path("manage/imports/staff/accept/", imports.accept_staff, name="accept_staff"),
    path("manage/imports/staff/faults.csv", imports.faults_of_staff, name="faults_of_staff"),
    path("manage/people/", people.manage_people, name="manage_people"),
    path("manage/people/add/", people.manage_person_add, name="manage_person_add"),
    path("manage/people/<uuid:pk>/", people.manage_person, name="manage_person"),
    path("manage/people/<uuid:pk>/role/", people.manage_person_role, name="manage_person_role"),
    path("manage/people/<uuid:pk>/roles/<uuid:grant>/end/", people.end_role, name="end_role"),
]
