using Microsoft.AspNetCore.Http.Features;

namespace Thaw.Server;

/// <summary>What a request's target says, beyond what routing keeps of it.</summary>
internal static class RequestTarget
{
    private const string ModelsPrefix = "/models/";

    /// <summary>
    /// The model's name in <c>/models/{name}…</c>, decoded once. Routing's own value will not do: Kestrel leaves an encoded slash
    /// as it is and decodes everything else, so that <c>a%2Fb</c> and <c>a%252Fb</c> look the same.
    /// </summary>
    public static string ModelName(this HttpContext context)
    {
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        int start = target.IndexOf(ModelsPrefix, StringComparison.Ordinal);
        // Another spelling of the path, such as one with dot segments; what routing made of it is as good.
        if (start < 0) return (string)context.Request.RouteValues["name"]!;
        ReadOnlySpan<char> rest = target.AsSpan(start + ModelsPrefix.Length);
        int end = rest.IndexOfAny('/', '?', '#');
        return Uri.UnescapeDataString(end < 0 ? rest : rest[..end]);
    }
}
