namespace Thaw.Server.Management;

internal sealed record ListResponse(IReadOnlyList<ListedModel> Models, string? NextPageToken);
