using Microsoft.AspNetCore.Http.Features;

namespace Thaw.Server.Pipeline;

/// <summary>What a request's target says, beyond what routing keeps of it.</summary>
internal static class RequestTarget
{
    private const string ModelsPrefix = "/models/";

    /// <summary>
    /// The model's name in <c>/models/{name}…</c>, decoded once. It is routing's own value unless that holds <c>%2F</c>: Kestrel
    /// leaves an encoded slash as it is and decodes everything else, so that <c>a%2Fb</c> and <c>a%252Fb</c> look the same.
    /// </summary>
    public static string ModelName(this HttpContext context)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        if (!name.Contains("%2F", StringComparison.OrdinalIgnoreCase)) return name;
        ReadOnlySpan<char> path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (path.IndexOfAny('?', '#') is >= 0 and var query) path = path[..query];
        // Dot segments, which routing has taken out.
        if (path.Contains("/.", StringComparison.Ordinal)) return name;
        int start = path.IndexOf(ModelsPrefix, StringComparison.OrdinalIgnoreCase);
        // Another spelling of the path, such as /%6Dodels/; what routing made of it is as good.
        if (start < 0) return name;
        ReadOnlySpan<char> rest = path[(start + ModelsPrefix.Length)..];
        int end = rest.IndexOf('/');
        return Uri.UnescapeDataString(end < 0 ? rest : rest[..end]);
    }
}
