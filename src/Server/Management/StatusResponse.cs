namespace Thaw.Server.Management;

internal sealed record StatusResponse(string Status);
