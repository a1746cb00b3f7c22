from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"

    def ready(self):
        from members import registry

        from . import emails, holdings, practice
        from .actions import diaries, endings, forgetting, leaving, needs, successions
        from .models import Round
        from .reports import team

        emails.register_letters()
        endings.register()
        holdings.register(
            rounds_held=forgetting.hold_rounds,
            bookings_erased=forgetting.forget_bookings,
            needs_erased=needs.forget,
            panel_erased=forgetting.forget_panel,
            voices_erased=forgetting.forget_voices,
            team_erased=forgetting.forget_team,
            team_hinders=forgetting.only_facilitator,
        )
        registry.leaving.register(
            registry.Leaving(name="rounds", let_go=leaving.let_go, would_go=leaving.would_go, in_sight=leaving.in_sight)
        )
        registry.followers.register(registry.Follower(name="diaries", follow=diaries.follow_letters))
        registry.practices.register(registry.Practice("rounds", last=team.last_facilitated, load=practice.load_of))
        registry.namings.register(registry.Naming("rounds", words=team.named_in_a_log))
        registry.set_up.register(
            registry.SetUpStep(
                name="first_round",
                title="Plan the first Round",
                url_name="organise",
                done=lambda system, now: Round.objects.filter(system=system).exists(),
            )
        )
        registry.dependants.register(
            registry.Dependant(
                name="rounds",
                rows=successions.rounds_of,
                words=successions.rounds_in_words,
                move=successions.move_rounds,
            )
        )
        registry.dependants.register(
            registry.Dependant(
                name="rooms", rows=successions.rooms_of, words=successions.rooms_in_words, move=successions.move_rooms
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="rounds",
                rows=successions.rounds_in,
                words=successions.rounds_of_a_system_in_words,
                move=successions.move_to_system,
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="voices",
                rows=successions.themes_in,
                words=successions.themes_in_words,
                move=successions.move_voices,
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="ideas",
                rows=successions.ideas_in,
                words=successions.ideas_in_words,
                move=successions.move_ideas,
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="steering",
                rows=successions.steering_in,
                words=successions.steering_in_words,
                move=successions.move_steering,
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="new_hosts",
                rows=successions.new_hosts_in,
                words=successions.new_hosts_in_words,
                move=successions.move_new_hosts,
            )
        )
