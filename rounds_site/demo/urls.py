from django.urls import path

from rounds_site.demo import views

urlpatterns = [
    path("", views.demo, name="demo"),
    path("mail/", views.demo_mail, name="demo_mail"),
    path("mail/<slug:name>/", views.demo_letter, name="demo_letter"),
    path("mail/<slug:name>/html/", views.demo_letter_html, name="demo_letter_html"),
    path("mail/<slug:name>/<int:number>/", views.demo_letter_enclosure, name="demo_letter_enclosure"),
]
