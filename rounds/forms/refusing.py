from rounds_site.kit.fields import Form


def refused(refusal):
    """A form whose error summary says the one sentence, for pages that ask nothing else."""
    form = Form(data={})
    form.add_error(None, str(refusal))
    return form
