using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Thaw.Server.Pipeline;

/// <summary>Which model a request is for.</summary>
internal static class ModelName
{
    private const string Parameter = "name";

    /// <summary>
    /// The name in the path, decoded once. It is routing's own value unless that contains <c>%2F</c>: Kestrel leaves an encoded slash as it is and
    /// decodes everything else, so that <c>a%2Fb</c> and <c>a%252Fb</c> look the same, and only the request's target tells them apart.
    /// </summary>
    public static string FromPath(HttpContext context)
    {
        string name = (string)context.Request.RouteValues[Parameter]!;
        if (!name.Contains("%2F", StringComparison.OrdinalIgnoreCase)) return name;
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern.PathSegments: var segments }) return name;
        ReadOnlySpan<char> path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (path.IndexOfAny('?', '#') is >= 0 and var query) path = path[..query];
        // Dot segments, which routing has taken out.
        if (path.Contains("/.", StringComparison.Ordinal) || path.Contains("/%2E", StringComparison.OrdinalIgnoreCase)) return name;
        // A target may be a whole URL; the host is then what otherwise is the nothing before the first slash.
        if (!path.StartsWith('/'))
        {
            int host = path.IndexOf("://", StringComparison.Ordinal);
            if (host < 0) return name;
            path = path[(host + 3)..];
        }

        int left = 1;
        while (segments[left - 1].Parts is not [RoutePatternParameterPart { Name: Parameter }]) left++;
        foreach (Range segment in path.Split('/'))
        {
            if (left-- == 0) return Uri.UnescapeDataString(path[segment]);
        }

        return name;
    }
}
