-- nothing yet
/* nor here */
{# nor here #}
