namespace Thaw.Server.Pipeline;

/// <summary>A header that SageMaker passes from its client to the container and, if the container returns it, back.</summary>
internal static class CustomAttributes
{
    private const string Header = "X-Amzn-SageMaker-Custom-Attributes";

    /// <summary>As the platform's API has it, up to 1,024 visible ASCII characters; others are not valid in a header, and are omitted.</summary>
    public static void Echo(HttpContext context)
    {
        string attributes = context.Request.Headers[Header].ToString();
        if (attributes.Length is > 0 and <= 1024 && !attributes.AsSpan().ContainsAnyExceptInRange(' ', '~')) context.Response.Headers[Header] = attributes;
    }
}
